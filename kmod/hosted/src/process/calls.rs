//! Which Linux system calls are trapped, by what becomes of them. `translate/` says what NetBSD's kernel would be
//! asked for each.

use libc::c_long;

/// The hosted kernel is asked.
pub const NOTIFIED: &[c_long] = &[
    // signals
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_getfd,
    // tracing and memory
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    // processes
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_exit_group,
    libc::SYS_setpriority,
    libc::SYS_setrlimit,
    // scheduling; of the caller itself too, as NetBSD asks
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setattr,
    // sockets
    libc::SYS_bind,
    // files
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_creat,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mknod,
    libc::SYS_mknodat,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    // mounts
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_chroot,
    // the machine
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    // System V IPC
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    // POSIX message queues
    libc::SYS_mq_unlink,
];

/// The hosted kernel is asked when the first argument names another process; 0 is the caller itself and passes.
pub const ON_OTHERS: &[c_long] = &[
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_getattr,
    libc::SYS_sched_rr_get_interval,
];

/// Always EPERM: there is no such thing on NetBSD, and it would undo the simulation.
pub const FORBIDDEN: &[c_long] = &[libc::SYS_setns, libc::SYS_fanotify_init];

/// Always ENOSYS: there is no such call on NetBSD, programs do without, and what it does would go around the filter or
/// let a member hold up the hosted kernel.
pub const ABSENT: &[c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_kcmp,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_ioprio_set,
    libc::SYS_ioprio_get,
    libc::SYS_vhangup,
    libc::SYS_uselib,
    libc::SYS_quotactl_fd,
];

/// Puts a character into a terminal's input.
pub const TIOCSTI: u32 = 0x5412;
/// Adds to the entropy pool and credits it.
pub const RNDADDENTROPY: u32 = 0x4008_5203;
/// Sets the count of the entropy pool.
pub const RNDADDTOENTCNT: u32 = 0x4004_5201;
/// Sets a file's attributes, immutability among them.
pub const FS_IOC_SETFLAGS: u32 = 0x4008_6602;
/// Changes of interfaces and routes, `SIOC*` of linux/sockios.h.
pub const INTERFACE: &[u32] = &[
    0x8914, // SIOCSIFFLAGS
    0x8916, // SIOCSIFADDR
    0x8918, // SIOCSIFDSTADDR
    0x891a, // SIOCSIFBRDADDR
    0x891c, // SIOCSIFNETMASK
    0x891e, // SIOCSIFMETRIC
    0x8922, // SIOCSIFMTU
    0x8923, // SIOCSIFNAME
    0x8924, // SIOCSIFHWADDR
    0x8936, // SIOCDIFADDR
    0x8943, // SIOCSIFTXQLEN
];
/// Routes.
pub const ROUTE: &[u32] = &[
    0x890b, // SIOCADDRT
    0x890c, // SIOCDELRT
];

/// The requests of ioctl(2) that are asked about.
pub const IOCTLS: &[u32] = &[
    TIOCSTI,
    RNDADDENTROPY,
    RNDADDTOENTCNT,
    FS_IOC_SETFLAGS,
    0x8914,
    0x8916,
    0x8918,
    0x891a,
    0x891c,
    0x891e,
    0x8922,
    0x8923,
    0x8924,
    0x8936,
    0x8943,
    0x890b,
    0x890c,
];
