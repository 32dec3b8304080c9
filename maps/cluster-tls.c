#include "cluster-tls.h"

#ifdef AUTHMAP_TLS
#include <sys/socket.h>

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

bool
cluster_tls_there(void)
{
	return true;
}

/* hiredis itself would take any name. */
static bool
expect_name(SSL *ssl, const char *name)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    name) == 1;
	return SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1;
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

const char *
cluster_tls_begin(struct redisContext *c, const char *name, const char *ca)
{
	SSL_CTX *ctx = context(ca);
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);

	/* What uses it keeps it. */
	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (ctx == NULL)
		return "TLS cannot be begun: is cluster_tls_ca a file of "
		    "certificates?";
	if (ssl == NULL || !expect_name(ssl, name)) {
		SSL_free(ssl);
		return "TLS cannot be begun for that name";
	}
	/* It is freed with the connection, unless it cannot be begun. */
	if (redisInitiateSSL(c, ssl) != REDIS_OK)
		return c->errstr;
	return NULL;
}

#else
bool
cluster_tls_there(void)
{
	return false;
}

const char *
cluster_tls_begin(struct redisContext *c, const char *name, const char *ca)
{
	(void)c;
	(void)name;
	(void)ca;
	return "this hiredis cannot speak TLS";
}
#endif
