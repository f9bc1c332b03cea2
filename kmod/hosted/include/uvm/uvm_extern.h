/* Hosted kernel: how much memory a process has, as the front says. */
#ifndef HOSTED_UVM_EXTERN_H
#define	HOSTED_UVM_EXTERN_H

#include <stddef.h>

struct vm_map {
	size_t	size;			/* bytes */
};

struct vmspace {
	struct vm_map	vm_map;
	int		vm_refcnt;
	long		vm_resident;	/* pages */
};

#define	PAGE_SIZE		4096
#define	vm_resident_count(vm)	((vm)->vm_resident)

#endif
