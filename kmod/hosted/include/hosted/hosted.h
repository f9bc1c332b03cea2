/*
 * The hosted kernel's front: what the Rust API (src/) calls and what
 * the parts in kern/ share.  One thread at a time.
 */
#ifndef HOSTED_H
#define	HOSTED_H

#include <stdint.h>
#include <sys/types.h>

struct file;
struct kauth_cred;
struct knote;
struct proc;
struct vnode;

/* kern/init.c: the kernel as a whole */
void	hosted_boot(void);
void	hosted_end_processes(void);	/* all but init */
void	hosted_shutdown(void);
int	hosted_modcmd(int);
void	hosted_fail_registration(unsigned);
unsigned hosted_registrations(void);
int	hosted_register(void);		/* ENOMEM when it is to fail */
void	hosted_deregister(void);
void	hosted_set_uptime(uint32_t);
void	hosted_set_pause(int (*)(void));
int	hosted_pause(void);
void	hosted_set_logger(void (*)(int, const char *));
uint64_t hosted_allocated(void);	/* bytes of kmem(9) in use */
uint32_t hosted_credentials(void);	/* kauth_creds in use */
unsigned hosted_locks(void);		/* held */

/* kern/proc.c */
struct proc *hosted_proc_new(pid_t, uid_t, gid_t);
struct proc *hosted_proc_find(pid_t);	/* zombies too */
int	hosted_fork_ask(struct proc *);
struct proc *hosted_fork(struct proc *, pid_t);
void	hosted_exit(struct proc *, uint64_t);
void	hosted_reap(struct proc *);
void	hosted_set_pid(struct proc *, pid_t);
void	hosted_set_rlimit(struct proc *, int, uint64_t, uint64_t);
void	hosted_setid(struct proc *, uid_t, gid_t);
void	hosted_exec(struct proc *);
struct lwp *hosted_enter_lwp(struct proc *);	/* becomes curlwp */
void	hosted_leave_lwp(struct lwp *);

enum hosted_trait {
	HOSTED_THREADS,
	HOSTED_TRACED,
	HOSTED_VFORK_CHILD,
	HOSTED_SHARED_FILES,
	HOSTED_SHARED_CWD,
	HOSTED_SHARED_MEMORY,
	HOSTED_CPU_US,
	HOSTED_RESIDENT_PAGES,
	HOSTED_VIRTUAL_BYTES,
};
void	hosted_set_trait(struct proc *, int, uint64_t);
int	hosted_is_sugid(const struct proc *);
int	hosted_is_zombie(const struct proc *);
uint64_t hosted_take_signals(struct proc *);	/* one bit a signal */

/* kern/kauth.c */
void	hosted_kauth_init(void);
int	hosted_said(void);
void	hosted_cred_fork(struct proc *, struct proc *);
void	hosted_cred_setid(struct kauth_cred *, uid_t, gid_t);
struct kauth_cred *hosted_cred_of(struct proc *);	/* referenced */
int	hosted_authorize(struct kauth_cred *, const char *, uint64_t, void *,
	    void *, void *, void *);
int	hosted_authorize_vnode(struct kauth_cred *, uint64_t, struct vnode *,
	    int);

/* kern/model.c */
void	hosted_model_init(void);

/* kern/ask.c: as the system calls ask */
int	hosted_ask(struct proc *, struct kauth_cred *, const char *, uint64_t,
	    uint64_t, struct proc *);
int	hosted_ask_exec(struct proc *);
int	hosted_ask_rlimit(struct proc *, struct proc *, uint64_t, int,
	    uint64_t, uint64_t);
int	hosted_ask_socket(struct proc *, int, int, int);
int	hosted_ask_bind(struct proc *, int, int, uint16_t);
int	hosted_ask_autobind(struct proc *, int, int, uint16_t, int);
int	hosted_ask_device(struct proc *, int, uint32_t, uint32_t, int);
int	hosted_ask_vnode(struct proc *, uint64_t, int, int, int);

/* kern/vfs.c */
struct vnode *hosted_vnode_root(void);	/* "/", referenced */
struct vnode *hosted_vnode_make(int, int);	/* vtype, mount flags */
uint32_t hosted_vnodes(void);		/* in use */
int	hosted_root_fd(struct proc *);
int	hosted_cwd_fd(struct proc *);
int	hosted_chroot(struct proc *, const char *);

/* kern/file.c */
int	hosted_device_open(struct proc *, int, struct file **);
int	hosted_open_directory(struct proc *, const char *, struct file **);
int	hosted_file_ioctl(struct proc *, struct file *, unsigned long, void *);
int	hosted_file_read(struct proc *, struct file *, void *, size_t,
	    size_t *);
int	hosted_file_poll(struct proc *, struct file *, int);
int	hosted_file_woken(void);
struct knote *hosted_knote_add(struct file *, uint32_t, int *);
int	hosted_knote_active(struct knote *);
void	hosted_knote_remove(struct knote *);
void	hosted_file_close(struct proc *, struct file *);
int	hosted_file_give(struct proc *, struct file *);
int	hosted_file_of(struct proc *, const struct file *);
void	hosted_file_set_nonblocking(struct file *, int);
struct filedesc *hosted_files_new(struct filedesc *);
void	hosted_files_free(struct filedesc *);
int	hosted_device_attached(void);
void	hosted_cache_files(int);

#endif
