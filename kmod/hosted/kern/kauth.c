/*
 * kauth(9): scopes, listeners, credentials with data of their own, and the
 * rule that a denial wins, else an allowance, else nobody said anything.
 */
#include <sys/param.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <stdlib.h>
#include <string.h>

#include <hosted/hosted.h>

#define	NSCOPES		8
#define	NLISTENERS	4

struct kauth_cred {
	unsigned	cr_refcnt;
	uid_t		cr_uid;
	gid_t		cr_gid;
	void		*cr_data;
	bool		cr_container;	/* setdata need not allocate */
};

struct kauth_key {
	int	unused;
};

struct kauth_listener {
	kauth_scope_callback_t	kl_func;
	void			*kl_cookie;
	bool			kl_module;
};

static const char *const scope_names[NSCOPES] = {
	KAUTH_SCOPE_GENERIC, KAUTH_SCOPE_SYSTEM, KAUTH_SCOPE_PROCESS,
	KAUTH_SCOPE_NETWORK, KAUTH_SCOPE_MACHDEP, KAUTH_SCOPE_DEVICE,
	KAUTH_SCOPE_CRED, KAUTH_SCOPE_VNODE,
};
static struct kauth_listener scopes[NSCOPES][NLISTENERS];
static struct kauth_key the_key;
static bool key_taken;
static uint32_t credentials;

struct secmodel_descr {
	int	unused;
};
/* What the module said last, for fronts that have another model under it. */
static int said = KAUTH_RESULT_DEFER;

static struct secmodel_descr the_secmodel;
static bool secmodel_taken;

void
hosted_kauth_init(void)
{

	memset(scopes, 0, sizeof(scopes));
	key_taken = secmodel_taken = false;
	credentials = 0;
}

static struct kauth_listener *
scope_find(const char *name)
{
	size_t i;

	for (i = 0; i < NSCOPES; i++) {
		if (strcmp(scope_names[i], name) == 0)
			return scopes[i];
	}
	return NULL;
}

kauth_listener_t
kauth_listen_scope(const char *name, kauth_scope_callback_t func, void *cookie)
{
	struct kauth_listener *scope = scope_find(name);
	size_t i;

	/* The first listener of a scope is the kernel's own model. */
	if (scope == NULL || (scope[0].kl_func != NULL && hosted_register()))
		return NULL;
	for (i = 0; i < NLISTENERS; i++) {
		if (scope[i].kl_func == NULL) {
			scope[i].kl_func = func;
			scope[i].kl_cookie = cookie;
			scope[i].kl_module = i != 0;
			return &scope[i];
		}
	}
	return NULL;
}

void
kauth_unlisten_scope(kauth_listener_t listener)
{

	if (listener == NULL)
		return;
	KASSERT(listener->kl_func != NULL);
	KASSERT(listener->kl_module);
	listener->kl_func = NULL;
	hosted_deregister();
}

static int
decide(const char *name, kauth_cred_t cred, kauth_action_t action, void *arg0,
    void *arg1, void *arg2, void *arg3)
{
	struct kauth_listener *scope = scope_find(name);
	bool allow = false, deny = false;
	size_t i;
	int result;

	KASSERT(scope != NULL);
	KASSERT(cred->cr_refcnt > 0);
	said = KAUTH_RESULT_DEFER;
	for (i = 0; i < NLISTENERS; i++) {
		if (scope[i].kl_func == NULL)
			continue;
		result = (*scope[i].kl_func)(cred, action, scope[i].kl_cookie,
		    arg0, arg1, arg2, arg3);
		if (scope[i].kl_module)
			said = result;
		switch (result) {
		case KAUTH_RESULT_ALLOW:
			allow = true;
			break;
		case KAUTH_RESULT_DENY:
			deny = true;
			break;
		case KAUTH_RESULT_DEFER:
			break;
		default:
			hosted_panic("a listener of %s answers nonsense", name);
		}
	}
	return deny ? KAUTH_RESULT_DENY :
	    allow ? KAUTH_RESULT_ALLOW : KAUTH_RESULT_DEFER;
}

int
hosted_said(void)
{

	return said;
}

int
hosted_authorize(kauth_cred_t cred, const char *scope, uint64_t action,
    void *arg0, void *arg1, void *arg2, void *arg3)
{

	return decide(scope, cred, action, arg0, arg1, arg2, arg3) ==
	    KAUTH_RESULT_ALLOW ? 0 : EPERM;
}

int
hosted_authorize_vnode(kauth_cred_t cred, uint64_t action, struct vnode *vp,
    int fs_decision)
{

	switch (decide(KAUTH_SCOPE_VNODE, cred, action, vp, NULL, NULL, NULL)) {
	case KAUTH_RESULT_DENY:
		return EACCES;
	case KAUTH_RESULT_ALLOW:
		return 0;
	default:
		return fs_decision;
	}
}

/* Listeners of this scope are told, not asked: they must not object. */
static void
cred_hook(kauth_cred_t cred, kauth_action_t action, void *arg0, void *arg1)
{
	int result;

	result = decide(KAUTH_SCOPE_CRED, cred, action, arg0, arg1, NULL, NULL);
	KASSERT(result != KAUTH_RESULT_DENY);
	KASSERT(result == KAUTH_RESULT_ALLOW || !key_taken);
}

kauth_cred_t
kauth_cred_alloc(void)
{
	kauth_cred_t cred = calloc(1, sizeof(*cred));

	KASSERT(cred != NULL);
	cred->cr_refcnt = 1;
	credentials++;
	cred_hook(cred, KAUTH_CRED_INIT, NULL, NULL);
	return cred;
}

void
kauth_cred_clone(kauth_cred_t from, kauth_cred_t to)
{

	to->cr_uid = from->cr_uid;
	to->cr_gid = from->cr_gid;
	cred_hook(from, KAUTH_CRED_COPY, to, NULL);
}

kauth_cred_t
kauth_cred_dup(kauth_cred_t from)
{
	kauth_cred_t to = kauth_cred_alloc();

	kauth_cred_clone(from, to);
	return to;
}

kauth_cred_t
kauth_cred_hold(kauth_cred_t cred)
{

	KASSERT(cred->cr_refcnt > 0);
	cred->cr_refcnt++;
	return cred;
}

void
kauth_cred_free(kauth_cred_t cred)
{

	KASSERT(cred->cr_refcnt > 0);
	if (--cred->cr_refcnt > 0)
		return;
	cred->cr_refcnt = 1;
	cred_hook(cred, KAUTH_CRED_FREE, NULL, NULL);
	cred->cr_refcnt = 0;
	credentials--;
	free(cred);
}

uid_t
kauth_cred_geteuid(kauth_cred_t cred)
{

	KASSERT(cred->cr_refcnt > 0);
	return cred->cr_uid;
}

/* Real and effective are one here. */
uid_t
kauth_cred_getuid(kauth_cred_t cred)
{

	return kauth_cred_geteuid(cred);
}

kauth_cred_t
kauth_cred_get(void)
{

	return curlwp->l_cred;
}

void
hosted_cred_setid(kauth_cred_t cred, uid_t uid, gid_t gid)
{

	KASSERT(cred->cr_refcnt == 1);
	cred->cr_uid = uid;
	cred->cr_gid = gid;
}

kauth_cred_t
hosted_cred_of(struct proc *p)
{

	return kauth_cred_hold(p->p_cred);
}

uint32_t
hosted_credentials(void)
{

	return credentials;
}

/* kauth_proc_fork(): the child has the very credential of its parent. */
void
hosted_cred_fork(struct proc *parent, struct proc *child)
{

	mutex_enter(parent->p_lock);
	child->p_cred = kauth_cred_hold(parent->p_cred);
	mutex_exit(parent->p_lock);
	cred_hook(parent->p_cred, KAUTH_CRED_FORK, parent, child);
}

int
kauth_register_key(secmodel_t secmodel, kauth_key_t *key)
{

	KASSERT(secmodel != NULL);
	KASSERT(!key_taken);
	if (hosted_register())
		return ENOMEM;
	key_taken = true;
	*key = &the_key;
	return 0;
}

int
kauth_deregister_key(kauth_key_t key)
{

	KASSERT(key == &the_key);
	KASSERT(key_taken);
	key_taken = false;
	hosted_deregister();
	return 0;
}

/* The first time this allocates, so it must not be under a lock then. */
void
kauth_cred_setdata(kauth_cred_t cred, kauth_key_t key, void *data)
{

	KASSERT(key == &the_key);
	KASSERT(cred->cr_refcnt > 0);
	if (!cred->cr_container) {
		KASSERT(curlwp == NULL || !mutex_owned(curproc->p_lock));
		KASSERT(!mutex_owned(&proc_lock));
	}
	cred->cr_container = true;
	cred->cr_data = data;
}

void *
kauth_cred_getdata(kauth_cred_t cred, kauth_key_t key)
{

	KASSERT(key == &the_key);
	KASSERT(cred->cr_refcnt > 0);
	return cred->cr_data;
}

int
secmodel_register(secmodel_t *sm, const char *id, const char *name,
    prop_dictionary_t behavior, secmodel_eval_t eval,
    secmodel_setinfo_t setinfo)
{

	(void)name;
	(void)behavior;
	(void)eval;
	(void)setinfo;
	KASSERT(id != NULL);
	if (secmodel_taken)
		return EEXIST;
	if (hosted_register())
		return ENOMEM;
	secmodel_taken = true;
	*sm = &the_secmodel;
	return 0;
}

int
secmodel_deregister(secmodel_t sm)
{

	KASSERT(sm == &the_secmodel);
	KASSERT(secmodel_taken);
	secmodel_taken = false;
	hosted_deregister();
	return 0;
}
