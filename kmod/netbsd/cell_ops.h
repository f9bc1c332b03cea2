/*
 * Numbers that secmodel_cell.c shares with the policy core.  Generated:
 *	cargo run -p cell-ffi --example cell-ops > kmod/netbsd/cell_ops.h
 */
#ifndef _CELL_OPS_H_
#define	_CELL_OPS_H_

/* Operations; stable for ever. */
#define	CELL_OP_UNKNOWN		0
#define	CELL_OP_PROCESS_SEE		1
#define	CELL_OP_PROCESS_SIGNAL		2
#define	CELL_OP_PROCESS_PTRACE		3
#define	CELL_OP_PROCESS_KTRACE		4
#define	CELL_OP_PROCESS_PROCFS		5
#define	CELL_OP_PROCESS_NICE		6
#define	CELL_OP_PROCESS_RLIMIT		7
#define	CELL_OP_PROCESS_SETID		8
#define	CELL_OP_PROCESS_CORENAME	9
#define	CELL_OP_PROCESS_STOPFLAG	10
#define	CELL_OP_PROCESS_KEVENT		11
#define	CELL_OP_PROCESS_GETAFFINITY	12
#define	CELL_OP_PROCESS_SETAFFINITY	13
#define	CELL_OP_PROCESS_GETSCHED	14
#define	CELL_OP_PROCESS_SETSCHED	15
#define	CELL_OP_PROCESS_FORK		16
#define	CELL_OP_PROCESS_RAISE_LIMIT	17
#define	CELL_OP_SYSTEM_ACCOUNTING	18
#define	CELL_OP_SYSTEM_CHROOT		19
#define	CELL_OP_SYSTEM_CHSYSFLAGS	20
#define	CELL_OP_SYSTEM_CPU		21
#define	CELL_OP_SYSTEM_DEBUG		22
#define	CELL_OP_SYSTEM_FILEHANDLE	23
#define	CELL_OP_SYSTEM_MKNOD		24
#define	CELL_OP_SYSTEM_MOUNT_GET	25
#define	CELL_OP_SYSTEM_MOUNT_NEW	26
#define	CELL_OP_SYSTEM_MOUNT_UNMOUNT	27
#define	CELL_OP_SYSTEM_MOUNT_UPDATE	28
#define	CELL_OP_SYSTEM_MOUNT_UMAP	29
#define	CELL_OP_SYSTEM_MOUNT_DEVICE	30
#define	CELL_OP_SYSTEM_PSET		31
#define	CELL_OP_SYSTEM_REBOOT		32
#define	CELL_OP_SYSTEM_SETIDCORE	33
#define	CELL_OP_SYSTEM_SWAP		34
#define	CELL_OP_SYSTEM_SYSCTL_ADD	35
#define	CELL_OP_SYSTEM_SYSCTL_DELETE	36
#define	CELL_OP_SYSTEM_SYSCTL_DESC	37
#define	CELL_OP_SYSTEM_SYSCTL_MODIFY	38
#define	CELL_OP_SYSTEM_SYSCTL_PRIVATE	39
#define	CELL_OP_SYSTEM_TIME		40
#define	CELL_OP_SYSTEM_MODULE		41
#define	CELL_OP_SYSTEM_FS_RESERVED	42
#define	CELL_OP_SYSTEM_FS_QUOTA		43
#define	CELL_OP_SYSTEM_SEMAPHORE	44
#define	CELL_OP_SYSTEM_SYSVIPC		45
#define	CELL_OP_SYSTEM_MQUEUE		46
#define	CELL_OP_SYSTEM_VERIEXEC		47
#define	CELL_OP_SYSTEM_DEVMAPPER	48
#define	CELL_OP_SYSTEM_MAP_ZERO		49
#define	CELL_OP_SYSTEM_LFS		50
#define	CELL_OP_SYSTEM_FS_EXTATTR	51
#define	CELL_OP_SYSTEM_FS_SNAPSHOT	52
#define	CELL_OP_SYSTEM_INTR		53
#define	CELL_OP_SYSTEM_KERNADDR		54
#define	CELL_OP_NETWORK_BIND		55
#define	CELL_OP_NETWORK_ALTQ		56
#define	CELL_OP_NETWORK_FIREWALL	57
#define	CELL_OP_NETWORK_INTERFACE_GET	58
#define	CELL_OP_NETWORK_INTERFACE_SET	59
#define	CELL_OP_NETWORK_SOURCE_ROUTE	60
#define	CELL_OP_NETWORK_NFS		61
#define	CELL_OP_NETWORK_ROUTE		62
#define	CELL_OP_NETWORK_ROUTE_SOCKET	63
#define	CELL_OP_NETWORK_RAW		64
#define	CELL_OP_NETWORK_SOCKET_SEE	65
#define	CELL_OP_NETWORK_SOCKET_DROP	66
#define	CELL_OP_NETWORK_SOCKET_SETPRIV	67
#define	CELL_OP_NETWORK_TUNNEL		68
#define	CELL_OP_NETWORK_IPSEC		69
#define	CELL_OP_NETWORK_IPV6		70
#define	CELL_OP_NETWORK_SMB		71
#define	CELL_OP_MACHDEP_CACHEFLUSH	72
#define	CELL_OP_MACHDEP_UCODE		73
#define	CELL_OP_MACHDEP_IO		74
#define	CELL_OP_MACHDEP_LDT		75
#define	CELL_OP_MACHDEP_MTRR		76
#define	CELL_OP_MACHDEP_NVRAM		77
#define	CELL_OP_MACHDEP_MEMORY		78
#define	CELL_OP_DEVICE_OPEN		79
#define	CELL_OP_DEVICE_PASSTHRU		80
#define	CELL_OP_DEVICE_TTY_OPEN		81
#define	CELL_OP_DEVICE_TTY_PRIV		82
#define	CELL_OP_DEVICE_RND_ADD		83
#define	CELL_OP_DEVICE_RND_PRIV		84
#define	CELL_OP_DEVICE_BLUETOOTH	85
#define	CELL_OP_DEVICE_GPIO		86
#define	CELL_OP_DEVICE_WSCONS		87
#define	CELL_OP_DEVICE_NVMM		88
#define	CELL_OP_VNODE_EXEC		89
#define	CELL_OP_COUNT		90

/* Answers. */
#define	CELL_VERDICT_ALLOW		0
#define	CELL_VERDICT_DENY		1
#define	CELL_VERDICT_DEFER		2

/* What a request leaves to do. */
#define	CELL_WORK_NONE		0
#define	CELL_WORK_RESOLVE		1
#define	CELL_WORK_RELEASE		2
#define	CELL_WORK_ENTER		3
#define	CELL_WORK_KILL		4
#define	CELL_WORK_SUM		5

/* Refusals by number, as errno; 0 is none. */
#define	CELL_REFUSAL_ERRNOS { \
	0, \
	EPERM,	/* not host root, or sealed */ \
	ENOENT,	/* no such cell */ \
	EEXIST,	/* name or port taken */ \
	EINVAL,	/* malformed */ \
	ENOSPC,	/* no free slot */ \
	EBUSY,	/* members alive, or the caller is not fit to enter */ \
	ESTALE,	/* handle of an earlier cell */ \
	EMSGSIZE,	/* reply does not fit the buffer */ \
	EAGAIN,	/* as many processes as the cell may have */ \
}

/* Sizes. */
#define	CELL_MAX_CELLS		64
#define	CELL_ROOT_SIZE		96
#define	CELL_EVENT_MAX		40

/* The ioctl, in three sizes: a length and a message, in place. */
struct cell_ioc128 { uint8_t bytes[128]; };
#define	CELL_IOC_128		_IOWR('C', 0, struct cell_ioc128)
struct cell_ioc1024 { uint8_t bytes[1024]; };
#define	CELL_IOC_1024		_IOWR('C', 0, struct cell_ioc1024)
struct cell_ioc4096 { uint8_t bytes[4096]; };
#define	CELL_IOC_4096		_IOWR('C', 0, struct cell_ioc4096)

#endif /* !_CELL_OPS_H_ */
