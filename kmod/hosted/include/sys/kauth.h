/* Hosted kernel: kauth(9). */
#ifndef HOSTED_KAUTH_H
#define	HOSTED_KAUTH_H

#include <stdint.h>
#include <sys/types.h>
#include <secmodel/secmodel.h>
#include <hosted/kauth_lists.h>

struct cwdinfo;
struct proc;
struct vnode;

typedef struct kauth_listener *kauth_listener_t;
typedef struct kauth_key *kauth_key_t;
typedef uint64_t kauth_action_t;
typedef int (*kauth_scope_callback_t)(kauth_cred_t, kauth_action_t, void *,
    void *, void *, void *, void *);

#define	KAUTH_RESULT_ALLOW	0
#define	KAUTH_RESULT_DENY	1
#define	KAUTH_RESULT_DEFER	2

#define	KAUTH_SCOPE_GENERIC	"org.netbsd.kauth.generic"
#define	KAUTH_SCOPE_SYSTEM	"org.netbsd.kauth.system"
#define	KAUTH_SCOPE_PROCESS	"org.netbsd.kauth.process"
#define	KAUTH_SCOPE_NETWORK	"org.netbsd.kauth.network"
#define	KAUTH_SCOPE_MACHDEP	"org.netbsd.kauth.machdep"
#define	KAUTH_SCOPE_DEVICE	"org.netbsd.kauth.device"
#define	KAUTH_SCOPE_CRED	"org.netbsd.kauth.cred"
#define	KAUTH_SCOPE_VNODE	"org.netbsd.kauth.vnode"

#define	HOSTED_ACTION(scope, name)	KAUTH_##scope##_##name,
#define	HOSTED_REQUEST(scope, name)	KAUTH_REQ_##scope##_##name,

enum { HOSTED_SYSTEM_ACTION_BASE = 4, HOSTED_SYSTEM_ACTIONS(HOSTED_ACTION) };
enum { HOSTED_PROCESS_ACTION_BASE = 4, HOSTED_PROCESS_ACTIONS(HOSTED_ACTION) };
enum { HOSTED_NETWORK_ACTION_BASE = 4, HOSTED_NETWORK_ACTIONS(HOSTED_ACTION) };
enum { HOSTED_MACHDEP_ACTION_BASE = 4, HOSTED_MACHDEP_ACTIONS(HOSTED_ACTION) };
enum { HOSTED_DEVICE_ACTION_BASE = 4, HOSTED_DEVICE_ACTIONS(HOSTED_ACTION) };
enum { HOSTED_CRED_ACTION_BASE = 4, HOSTED_CRED_ACTIONS(HOSTED_ACTION) };

enum kauth_system_req {
	HOSTED_SYSTEM_REQUEST_BASE = 2, HOSTED_SYSTEM_REQUESTS(HOSTED_REQUEST)
};
enum kauth_process_req {
	HOSTED_PROCESS_REQUEST_BASE = 2, HOSTED_PROCESS_REQUESTS(HOSTED_REQUEST)
};
enum kauth_network_req {
	HOSTED_NETWORK_REQUEST_BASE = 2, HOSTED_NETWORK_REQUESTS(HOSTED_REQUEST)
};
enum kauth_device_req {
	HOSTED_DEVICE_REQUEST_BASE = 2, HOSTED_DEVICE_REQUESTS(HOSTED_REQUEST)
};

#define	KAUTH_VNODE_READ_DATA	(1ULL << 0)
#define	KAUTH_VNODE_WRITE_DATA	(1ULL << 1)
#define	KAUTH_VNODE_EXECUTE	(1ULL << 2)
#define	KAUTH_VNODE_SEARCH	KAUTH_VNODE_EXECUTE
#define	KAUTH_VNODE_WRITE_SYSFLAGS (1ULL << 10)
#define	KAUTH_VNODE_IS_EXEC	(1ULL << 29)
#define	KAUTH_VNODE_ACCESS	(1ULL << 31)

#define	KAUTH_ARG(arg)		((void *)(unsigned long)(arg))

kauth_listener_t kauth_listen_scope(const char *, kauth_scope_callback_t,
    void *);
void	kauth_unlisten_scope(kauth_listener_t);

int	kauth_register_key(secmodel_t, kauth_key_t *);
int	kauth_deregister_key(kauth_key_t);
void	kauth_cred_setdata(kauth_cred_t, kauth_key_t, void *);
void	*kauth_cred_getdata(kauth_cred_t, kauth_key_t);

kauth_cred_t kauth_cred_get(void);
kauth_cred_t kauth_cred_alloc(void);
kauth_cred_t kauth_cred_dup(kauth_cred_t);
void	kauth_cred_clone(kauth_cred_t, kauth_cred_t);
kauth_cred_t kauth_cred_hold(kauth_cred_t);
void	kauth_cred_free(kauth_cred_t);
uid_t	kauth_cred_geteuid(kauth_cred_t);
uid_t	kauth_cred_getuid(kauth_cred_t);

#endif
