/* SPDX-License-Identifier: ISC */
#include "cluster/tls.h"

#include <string.h>

#ifdef AUTHMAP_TLS
#include <sys/socket.h>

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

bool
cluster_tls_there(void)
{
	return true;
}

/* Without this, hiredis accepts a certificate of any name. */
static bool
expect_name(SSL *ssl, const char *name)
{
	unsigned char address[16];
	char copy[256];

	if (inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    name) == 1;
	/* OpenSSL casts the const away. */
	return strlcpy(copy, name, sizeof copy) < sizeof copy &&
	    SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, copy) == 1;
}

static SSL_CTX *
context(const char *ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    (ca[0] == '\0' ? SSL_CTX_set_default_verify_paths(ctx) :
	    SSL_CTX_load_verify_locations(ctx, ca, NULL)) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* Also clear OpenSSL's errors, so that the other connection does not report them. */
bool
cluster_tls_wrong(const struct ssl_st *ssl, char *why, size_t size)
{
	long verified = SSL_get_verify_result(ssl);
	const char *error = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	if (verified != X509_V_OK)
		(void)snprintf(why, size, "its certificate is not valid: %s",
		    X509_verify_cert_error_string(verified));
	else if (error != NULL)
		(void)snprintf(why, size, "TLS: %s", error);
	return verified != X509_V_OK || error != NULL;
}

/* Create the TLS session with the host NAME.  Return NULL and set *WRONG to the
 * reason if that fails. */
static SSL *
prepare(const char *name, const char *ca, const char **wrong)
{
	SSL_CTX *ctx = context(ca);
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);

	/* The SSL keeps a reference to CTX. */
	SSL_CTX_free(ctx);
	*wrong = ctx == NULL ? "TLS cannot be started: is cluster_tls_ca a file "
	    "of certificates?" : "TLS cannot be started for that name";
	if (ssl != NULL && !expect_name(ssl, name)) {
		SSL_free(ssl);
		ssl = NULL;
	}
	ERR_clear_error();
	return ssl;
}

bool
cluster_tls_begin(struct redisContext *c, const char *name, const char *ca,
    struct ssl_st **used, char *why, size_t size)
{
	const char *wrong;
	SSL *ssl = prepare(name, ca, &wrong);

	if (ssl == NULL) {
		(void)strlcpy(why, wrong, size);
		return false;
	}
	if (redisInitiateSSL(c, ssl) == REDIS_OK) {
		*used = ssl;
		return true;
	}
	/* hiredis does not own SSL after a failure. */
	if (!cluster_tls_wrong(ssl, why, size))
		(void)strlcpy(why, c->errstr, size);
	SSL_free(ssl);
	return false;
}

#else
bool
cluster_tls_there(void)
{
	return false;
}

bool
cluster_tls_begin(struct redisContext *c, const char *name, const char *ca,
    struct ssl_st **used, char *why, size_t size)
{
	(void)c;
	(void)name;
	(void)ca;
	(void)used;
	(void)strlcpy(why, "this hiredis was built without TLS", size);
	return false;
}

bool
cluster_tls_wrong(const struct ssl_st *ssl, char *why, size_t size)
{
	(void)ssl;
	(void)why;
	(void)size;
	return false;
}
#endif
