/*
 * The policy core (ffi/) as C sees it.  Locks are those of
 * secmodel_cell.c: T cell_lock, E cell_event_lock, - none.
 */
#ifndef _CELL_RS_H_
#define	_CELL_RS_H_

#include "cell_ops.h"

struct cell_work {
	uint32_t	cw_kind;	/* CELL_WORK_* */
	uint32_t	cw_cell;
	uint32_t	cw_signal;
	char		cw_root[CELL_ROOT_SIZE];
};

/* Decisions, about whom is not host root.  - */
uint8_t	cell_rs_ask(uint32_t, uint8_t);
uint8_t	cell_rs_ask_process(uint32_t, uint8_t, uint32_t);
uint8_t	cell_rs_ask_bind(uint32_t, uint8_t, uint16_t);
uint8_t	cell_rs_ask_picked(uint32_t, uint8_t, uint16_t);
uint8_t	cell_rs_ask_device(uint32_t, bool, uint32_t, uint32_t, bool, bool);
uint8_t	cell_rs_ask_fork(uint32_t);
uint8_t	cell_rs_ask_exec(uint32_t, bool);

/* Credentials and processes. */
void	cell_rs_credential_shared(uint32_t);			/* - */
void	cell_rs_credential_dropped(uint32_t);			/* - */
/*
 * The limit on processes.  Where cell_rs_ask_fork() defers to a member, the
 * LWP holds a place in its cell from then on, until one of
 *	cell_rs_process_forked(cell, true)	it forked: a member has it
 *	cell_rs_fork_abandoned(cell)		it did not fork after all
 * is called, while the LWP still has a credential of the cell.  An LWP holds
 * one place at most: it abandons the old one before it asks again.  A fork
 * that was not asked for is cell_rs_process_forked(cell, false).
 */
void	cell_rs_process_forked(uint32_t, bool);			/* - */
void	cell_rs_fork_abandoned(uint32_t);			/* - */
void	cell_rs_process_exited(uint32_t, uint64_t);		/* E */
bool	cell_rs_denied(uint32_t, uint8_t, uint32_t, uint32_t);	/* E */

/* Requests: 0 or an index of CELL_REFUSAL_ERRNOS. */
uint8_t	cell_rs_begin(uint32_t, bool, uint32_t, uint32_t, uint8_t *, size_t,
	    struct cell_work *);				/* TE */
uint8_t	cell_rs_created(uint32_t, uint32_t, uint32_t, uint8_t *, size_t);
								/* TE */
void	cell_rs_abandon_create(uint32_t);			/* T */
uint8_t	cell_rs_destroyed(uint8_t *, size_t);			/* - */
uint8_t	cell_rs_entered(uint32_t, uint32_t, uint32_t, uint8_t *, size_t);
								/* TE */
void	cell_rs_abandon_enter(uint32_t);			/* T */
uint8_t	cell_rs_killed(uint32_t, uint8_t *, size_t);		/* - */
uint8_t	cell_rs_stats(uint32_t, bool, uint32_t, uint32_t, uint64_t, uint32_t,
	    uint32_t, uint8_t *, size_t);			/* TE */
uint8_t	cell_rs_cells(void);					/* T */
bool	cell_rs_sealed(void);					/* T */
bool	cell_rs_dying(void);	/* some cell is only dying		   T */
uint32_t cell_rs_processes(uint32_t);				/* - */
void	cell_rs_doom(uint32_t);					/* - */
void	cell_rs_spare(uint32_t);				/* - */

/* Events. */
uint32_t cell_rs_event_cursor(void);				/* E */
bool	cell_rs_has_event(uint32_t, uint32_t);			/* E */
size_t	cell_rs_read_event(uint32_t *, uint8_t *, size_t, uint32_t); /* E */

#endif /* !_CELL_RS_H_ */
