/*
 * The hosted kernel as a whole: boot, the module, memory, time, the log.
 */
#include <sys/param.h>
#include <sys/kmem.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/syslog.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hosted/hosted.h>

extern modinfo_t hosted_modinfo;

static uint32_t uptime;
static uint64_t allocated;
static unsigned registrations;
static unsigned fail_at;
static int (*pause_front)(void);
static void (*logger)(int, const char *);

void
hosted_boot(void)
{

	uptime = 1;
	fail_at = 0;
	registrations = 0;
	pause_front = NULL;
	logger = NULL;
	hosted_kauth_init();
	mutex_init(&proc_lock, MUTEX_DEFAULT, IPL_NONE);
	LIST_INIT(&allproc);
	hosted_model_init();
	hosted_enter_lwp(hosted_proc_new(1, 0, 0));
}

int
hosted_modcmd(int command)
{

	return hosted_modinfo.mi_modcmd((modcmd_t)command, NULL);
}

/*
 * Every registration of the module comes by here, so that a test can make
 * the n-th fail and count what is left.
 */
int
hosted_register(void)
{

	if (fail_at != 0 && --fail_at == 0)
		return ENOMEM;
	registrations++;
	return 0;
}

void
hosted_deregister(void)
{

	KASSERT(registrations > 0);
	registrations--;
}

void
hosted_fail_registration(unsigned nth)
{

	fail_at = nth;
}

unsigned
hosted_registrations(void)
{

	return registrations;
}

void
hosted_set_uptime(uint32_t seconds)
{

	uptime = seconds;
}

time_t
hosted_uptime(void)
{

	return uptime;
}

void
hosted_set_pause(int (*pause)(void))
{

	pause_front = pause;
}

/*
 * What a sleeping thread waits for, the front makes happen: 0 to look again,
 * or an errno that ends the sleep.  Without a front nothing can happen.
 */
int
hosted_pause(void)
{
	struct lwp *l = curlwp;
	int error;

	error = pause_front == NULL ? EINTR : (*pause_front)();
	hosted_curlwp = l;
	return error;
}

int
kpause(const char *wmesg, bool catch, int ticks, kmutex_t *lock)
{
	int error;

	KASSERT(wmesg != NULL);
	KASSERT(ticks > 0);
	if (curlwp == NULL)	/* all have ended */
		return EWOULDBLOCK;
	KASSERT(!mutex_owned(&proc_lock));
	if (lock != NULL)
		mutex_exit(lock);
	error = hosted_pause();
	if (lock != NULL)
		mutex_enter(lock);
	return error != 0 && catch ? error : EWOULDBLOCK;
}

void
hosted_set_logger(void (*to)(int, const char *))
{

	logger = to;
}

void
hosted_log(int level, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (logger != NULL)
		(*logger)(level, line);
}

void
hosted_panic(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "hosted kernel: panic: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	abort();
}

void *
kmem_zalloc(size_t size, int flags)
{
	void *p;

	KASSERT(size > 0);
	(void)flags;
	p = calloc(1, size);
	KASSERT(p != NULL);
	allocated += size;
	return p;
}

/* What is not asked to be zero is not: whoever relies on it finds out. */
void *
kmem_alloc(size_t size, int flags)
{
	void *p = kmem_zalloc(size, flags);

	memset(p, 0xa5, size);
	return p;
}

void
kmem_free(void *p, size_t size)
{

	KASSERT(p != NULL);
	KASSERT(allocated >= size);
	allocated -= size;
	memset(p, 0x5a, size);
	free(p);
}

uint64_t
hosted_allocated(void)
{

	return allocated;
}
