/* Hosted kernel: processes. */
#ifndef HOSTED_PROC_H
#define	HOSTED_PROC_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/resourcevar.h>
#include <sys/signalvar.h>

struct filedesc;
struct cwdinfo;
struct vmspace;

struct proc {
	LIST_ENTRY(proc) p_list;
	kmutex_t	*p_lock;
	kauth_cred_t	p_cred;
	struct filedesc	*p_fd;
	struct cwdinfo	*p_cwdi;
	struct plimit	*p_limit;
	struct vmspace	*p_vmspace;
	int		p_flag;
	int		p_sflag;
	short		p_slflag;
	char		p_stat;
	char		p_lflag;
	pid_t		p_pid;
	int		p_nlwps;
	sigpend_t	p_sigpend;
	char		p_comm[MAXCOMLEN + 1];

	/* the hosted kernel's own */
	kmutex_t	p_ownlock;
	struct lwp	p_lwp;
	uint64_t	p_cpu_us;
};

#define	p_rlimit	p_limit->pl_rlimit

#define	SIDL		1
#define	SACTIVE		2
#define	SDYING		3
#define	SSTOP		4
#define	SZOMB		5
#define	SDEAD		6

#define	P_ZOMBIE(p)	\
    ((p)->p_stat == SZOMB || (p)->p_stat == SDYING || (p)->p_stat == SDEAD)

#define	PK_SYSTEM	0x00000002
#define	PK_SUGID	0x00000100
#define	PS_WEXIT	0x00002000
#define	PSL_TRACED	0x00000040
#define	PL_PPWAIT	0x00000002

LIST_HEAD(proclist, proc);
extern struct proclist allproc;
extern kmutex_t proc_lock;

#define	PROCLIST_FOREACH(var, head)	LIST_FOREACH(var, head, p_list)
#define	curproc				(curlwp->l_proc)

void	proc_crmod_enter(void);
void	proc_crmod_leave(kauth_cred_t, kauth_cred_t, bool);
int	kpause(const char *, bool, int, kmutex_t *);

#endif
