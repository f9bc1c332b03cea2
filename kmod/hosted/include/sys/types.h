/* Hosted kernel: the C library's types and the kernel's. */
#include_next <sys/types.h>
#ifndef HOSTED_TYPES_H
#define	HOSTED_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>

typedef int devmajor_t;
typedef struct kauth_cred *kauth_cred_t;
typedef struct lwp lwp_t;
typedef struct proc proc_t;
typedef struct file file_t;
typedef unsigned specificdata_key_t;
typedef void (*specificdata_dtor_t)(void *);

#define	NODEVMAJOR	(-1)

#endif
