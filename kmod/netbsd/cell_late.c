/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * sched_setparam(2) asks with the spin lock of an LWP held, under which no
 * adaptive lock may be taken.  What is denied then is left here, by slot, for
 * whoever next takes cell_event_lock for a denial, a request, a read of the
 * device or an exit.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/atomic.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include "cell_var.h"

static struct cell_late {
	volatile u_int	cl_count;
	volatile uint32_t cl_cell;
	volatile pid_t	cl_pid;
} cell_late[CELL_MAX_CELLS];
static volatile u_int cell_nlate;

/* Most of a slot that are left untold; more are not counted. */
#define	CELL_LATE_MAX	1000

void
cell_deny_late(uint32_t cell)
{
	struct cell_late *cl = &cell_late[cell % CELL_MAX_CELLS];

	/* The host's users are not counted. */
	if (cell == CELL_HOST || cl->cl_count >= CELL_LATE_MAX)
		return;
	cl->cl_cell = cell;
	cl->cl_pid = curproc->p_pid;
	atomic_inc_uint(&cl->cl_count);
	membar_producer();
	cell_nlate = 1;
}

void
cell_tell_late(void)
{
	struct cell_late *cl;
	bool news = false;
	u_int n;

	KASSERT(mutex_owned(&cell_event_lock));
	if (__predict_true(cell_nlate == 0))
		return;
	cell_nlate = 0;
	membar_sync();
	for (cl = cell_late; cl < &cell_late[CELL_MAX_CELLS]; cl++) {
		n = atomic_swap_uint(&cl->cl_count, 0);
		for (; n > 0; n--)
			news |= cell_rs_denied(cl->cl_cell,
			    CELL_OP_PROCESS_SETSCHED, cl->cl_pid, cell_now());
	}
	if (news)
		cell_wakeup();
}
