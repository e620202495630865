#pragma once

/* The parts of mbedtls that the core uses, and no others, for the least flash. What each choice costs was measured with
 * mbedtls 2.28.3, in bytes of flash and instructions of an upload of one reading, of 100,000. An ESP32 has AES and SHA
 * in hardware and needs less of both. */

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
/* The heap is one buffer, so that its peak is known. */
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_DEBUG

/* For keys that are typed. */
#define MBEDTLS_BASE64_C

#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
/* 2,600 bytes less; 5,200 instructions more. */
#define MBEDTLS_SHA256_SMALLER

#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_GCM_C
/* One table for each direction instead of four: 5,600 bytes less; 2,200 instructions more. */
#define MBEDTLS_AES_FEWER_TABLES
/* In flash: made at the first use they would take 2,400 bytes less of it, but 8.5 KB of RAM and, once, more stack than
 * anything else. */
#define MBEDTLS_AES_ROM_TABLES

/* Windows and tables for multiplications (MBEDTLS_ECP_WINDOW_SIZE, MBEDTLS_ECP_FIXED_POINT_OPTIM) are of no use to this
 * curve, which mbedtls computes by a ladder. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
/* The core always passes a generator to blind with. */
#define MBEDTLS_ECP_NO_INTERNAL_RNG

#include <mbedtls/check_config.h>
