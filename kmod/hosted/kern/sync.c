/*
 * Locks, which check who owns them, and condition variables, on which the
 * front decides how a wait ends.
 */
#include <sys/param.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/select.h>
#include <sys/xcall.h>

#include <hosted/hosted.h>

static unsigned locks;

/* Locks that are held: who may sleep for memory holds none here. */
unsigned
hosted_locks(void)
{

	return locks;
}

/* xcall(9): the one processor that there is does it. */
uint64_t
xc_broadcast(unsigned flags, xcfunc_t func, void *arg1, void *arg2)
{

	KASSERT(flags == 0);
	KASSERT(locks == 0);
	(*func)(arg1, arg2);
	return 1;
}

void
xc_wait(uint64_t where)
{

	KASSERT(where == 1);
}

void
mutex_init(kmutex_t *m, int type, int ipl)
{
	pthread_mutexattr_t attr;

	KASSERT(type == MUTEX_DEFAULT);
	KASSERT(ipl == IPL_NONE);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	KASSERT(pthread_mutex_init(&m->m_lock, &attr) == 0);
	pthread_mutexattr_destroy(&attr);
}

void
mutex_destroy(kmutex_t *m)
{

	KASSERT(pthread_mutex_destroy(&m->m_lock) == 0);
}

void
mutex_enter(kmutex_t *m)
{

	KASSERT(pthread_mutex_lock(&m->m_lock) == 0);
	locks++;
}

void
mutex_exit(kmutex_t *m)
{

	locks--;
	KASSERT(pthread_mutex_unlock(&m->m_lock) == 0);
}

bool
mutex_owned(const kmutex_t *m)
{
	kmutex_t *own = (kmutex_t *)(uintptr_t)m;
	int error;

	error = pthread_mutex_trylock(&own->m_lock);
	if (error == 0)
		KASSERT(pthread_mutex_unlock(&own->m_lock) == 0);
	return error == EBUSY;
}

void
rw_enter(krwlock_t *rw, krw_t op)
{

	(void)op;
	mutex_enter(rw);
}

void
rw_exit(krwlock_t *rw)
{

	mutex_exit(rw);
}

void
cv_init(kcondvar_t *cv, const char *name)
{

	cv->cv_name = name;
	cv->cv_wakeups = 0;
}

void
cv_destroy(kcondvar_t *cv)
{

	cv->cv_name = NULL;
}

int
cv_wait_sig(kcondvar_t *cv, kmutex_t *m)
{
	unsigned before = cv->cv_wakeups;
	int error = 0;

	KASSERT(mutex_owned(m));
	mutex_exit(m);
	while (cv->cv_wakeups == before && error == 0)
		error = hosted_pause();
	mutex_enter(m);
	return error;
}

void
cv_broadcast(kcondvar_t *cv)
{

	KASSERT(cv->cv_name != NULL);
	cv->cv_wakeups++;
}

void
selinit(struct selinfo *sel)
{

	SLIST_INIT(&sel->sel_klist);
	sel->sel_waiting = sel->sel_woken = 0;
}

void
seldestroy(struct selinfo *sel)
{

	KASSERT(SLIST_EMPTY(&sel->sel_klist));
}

static struct selinfo *last_recorded;

void
selrecord(struct lwp *l, struct selinfo *sel)
{

	(void)l;
	sel->sel_waiting++;
	last_recorded = sel;
}

/* Whether the poll(2) that waited last has been woken. */
int
hosted_file_woken(void)
{
	int woken;

	if (last_recorded == NULL)
		return 0;
	woken = last_recorded->sel_woken != 0;
	last_recorded->sel_woken = 0;
	return woken;
}

void
selnotify(struct selinfo *sel, int events, long hint)
{
	struct knote *kn;

	(void)events;
	SLIST_FOREACH(kn, &sel->sel_klist, kn_selnext) {
		if ((*kn->kn_fop->f_event)(kn, hint))
			kn->kn_active = true;
	}
	sel->sel_woken += sel->sel_waiting;
	sel->sel_waiting = 0;
}

void
selrecord_knote(struct selinfo *sel, struct knote *kn)
{

	SLIST_INSERT_HEAD(&sel->sel_klist, kn, kn_selnext);
}

bool
selremove_knote(struct selinfo *sel, struct knote *kn)
{

	SLIST_REMOVE(&sel->sel_klist, kn, knote, kn_selnext);
	return SLIST_EMPTY(&sel->sel_klist);
}
