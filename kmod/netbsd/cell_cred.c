/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Which cell a credential is of; credentials, members and forks counted.
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/atomic.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/proc.h>

#include "cell_var.h"

struct cell_credset cell_credsets[CELL_CREDSETS];

/*
 * Where a credential is in what begins with a set, NULL if it is not; for
 * NULL, where there is a free place.
 */
static struct cell_cred *
cell_cred_find(struct cell_credset *cs, kauth_cred_t cred)
{
	u_int i;

	do {
		for (i = 0; i < CELL_CREDWAYS; i++) {
			if (cs->cs_creds[i].cc_cred == cred)
				return &cs->cs_creds[i];
		}
	} while ((cs = cs->cs_more) != NULL);
	return NULL;
}

uint32_t
cell_of(kauth_cred_t cred)
{
	const struct cell_cred *cc = cell_cred_find(cell_credset(cred), cred);

	return cc == NULL ? CELL_HOST : cc->cc_cell;
}

/*
 * The cell of a process that is not the caller's, without a lock: the
 * credential may be exchanged and freed meanwhile, and then is nobody's, as
 * the host's are.  If it is still the process's afterwards it was all along.
 */
uint32_t
cell_of_proc(struct proc *p)
{
	const volatile kauth_cred_t *credp = &p->p_cred;
	kauth_cred_t cred;
	uint32_t cell;

	do {
		cred = *credp;
		cell = cell_of(cred);
		membar_consumer();
	} while (__predict_false(*credp != cred));
	return cell;
}

/*
 * Gives a set more places.
 */
static void
cell_cred_grow(struct cell_credset *cs)
{
	struct cell_credset *more;

	more = kmem_zalloc(sizeof(*more), KM_SLEEP);
	do {
		more->cs_more = cs->cs_more;
		membar_producer();
	} while (atomic_cas_ptr(&cs->cs_more, more->cs_more, more) !=
	    more->cs_more);
}

/*
 * Gives a credential, which only the caller has, a place for a handle.  May
 * sleep if it has none yet.
 */
static void
cell_cred_put(kauth_cred_t cred, uint32_t cell)
{
	struct cell_credset *cs = cell_credset(cred);
	struct cell_cred *cc = cell_cred_find(cs, cred);

	while (cc == NULL) {
		cc = cell_cred_find(cs, NULL);
		if (cc == NULL)
			cell_cred_grow(cs);
		else if (atomic_cas_ptr(&cc->cc_cred, NULL, cred) != NULL)
			cc = NULL;
	}
	cc->cc_cell = cell;
	/* Who reads a p_cred without a lock must not see the old place. */
	membar_producer();
}

/*
 * Gives a credential a handle, or takes it; only the caller has it.
 */
void
cell_cred_set(kauth_cred_t cred, uint32_t cell)
{
	const uint32_t old = cell_of(cred);

	if (cell == old)
		return;
	/* Share first: the last reference must not go in between. */
	if (cell != CELL_HOST)
		cell_rs_credential_shared(cell);
	cell_cred_put(cred, cell);
	if (old != CELL_HOST)
		cell_rs_credential_dropped(old);
}

/*
 * Nobody has the credential any more.
 */
static void
cell_cred_remove(kauth_cred_t cred)
{
	struct cell_cred *cc = cell_cred_find(cell_credset(cred), cred);
	uint32_t cell;

	if (cc == NULL)
		return;
	cell = cc->cc_cell;
	cc->cc_cred = NULL;
	if (cell != CELL_HOST)
		cell_rs_credential_dropped(cell);
}

/*
 * The module goes: nobody looks any more.
 */
void
cell_cred_fini(void)
{
	struct cell_credset *cs, *more;

	for (cs = cell_credsets; cs < &cell_credsets[CELL_CREDSETS]; cs++) {
		while ((more = cs->cs_more) != NULL) {
			KASSERT(more->cs_creds[0].cc_cred == NULL);
			KASSERT(more->cs_creds[1].cc_cred == NULL);
			cs->cs_more = more->cs_more;
			kmem_free(more, sizeof(*more));
		}
		KASSERT(cs->cs_creds[0].cc_cred == NULL);
		KASSERT(cs->cs_creds[1].cc_cred == NULL);
	}
}

/*
 * A member that may fork has a place in its cell, so that no more than the
 * limit ever have one.  kauth(9) does not tell when the fork fails; the LWP
 * keeps the place then, until it asks again or ends.  A credential of the
 * cell is there as long as the LWP is.
 */
static uint32_t
cell_place(void)
{

	return (uint32_t)(uintptr_t)lwp_getspecific(cell_place_key);
}

void
cell_place_dtor(void *data)
{

	cell_rs_fork_abandoned((uint32_t)(uintptr_t)data);
}

uint8_t
cell_ask_fork(uint32_t cell)
{
	const uint32_t held = cell_place();
	uint8_t verdict;

	if (held != CELL_HOST)
		cell_rs_fork_abandoned(held);
	verdict = cell_rs_ask_fork(cell);
	if (verdict == CELL_VERDICT_DENY)
		cell = CELL_HOST;
	if (cell != held)
		lwp_setspecific(cell_place_key, (void *)(uintptr_t)cell);
	return verdict;
}

/*
 * The child has its parent's very credential.  Nothing of the fork can fail
 * any more.  Fork hooks would not do: posix_spawn(2) does not run them.
 */
static void
cell_forked(uint32_t cell)
{
	const uint32_t held = cell_place();

	KASSERT(held == CELL_HOST || held == cell);
	if (held != CELL_HOST)
		lwp_setspecific(cell_place_key, NULL);
	cell_rs_process_forked(cell, held != CELL_HOST);
}

/*
 * kauth(9) listener
 *
 * Scope: Credentials
 * Responsibility: credentials and members are counted
 *
 * The kernel does not ask here, it tells, and expects to hear ALLOW.
 */
int
cell_cred_cb(kauth_cred_t cred, kauth_action_t action, void *cookie,
    void *arg0, void *arg1, void *arg2, void *arg3)
{
	uint32_t cell;

	switch (action) {
	case KAUTH_CRED_INIT:
		/*
		 * The host's.  A member's will become a copy of its own under
		 * p_lock: give it its place now.
		 */
		if (curlwp->l_cred != NULL &&
		    cell_of(curlwp->l_cred) != CELL_HOST)
			cell_cred_put(cred, CELL_HOST);
		break;

	case KAUTH_CRED_COPY:
		/*
		 * From cred to arg0, which is new, hence the host's, except
		 * where a secmodel came before us.
		 */
		cell_cred_set(arg0, cell_of(cred));
		break;

	case KAUTH_CRED_FORK:
		if ((cell = cell_of(cred)) != CELL_HOST)
			cell_forked(cell);
		break;

	case KAUTH_CRED_FREE:
		cell_cred_remove(cred);
		break;

	case KAUTH_CRED_CHROOT:
	default:
		break;
	}

	return KAUTH_RESULT_ALLOW;
}

/*
 * A destroyed cell is dying as long as a credential of it lives, and the
 * kernel keeps those of closed files: with a free struct file goes the
 * credential that it had, until somebody else's takes its place.  What the
 * page daemon does when memory is short, destructs them: pool_drain() empties
 * one pool, with its caches, at each call, the next one in turn.
 *
 * Called with no lock.  Each pool once, more or less: the page daemon may
 * take its turn in between, and a pool may be gone when we come round.
 */
#define	CELL_DRAIN_POOLS	1024

void
cell_drain(void)
{
	struct pool *first = NULL, *pp;
	bool dying;
	u_int i;

	for (i = 0; i < CELL_DRAIN_POOLS; i++) {
		mutex_enter(&cell_lock);
		dying = cell_rs_dying();
		mutex_exit(&cell_lock);
		if (!dying)
			break;
		(void)pool_drain(&pp);
		if (pp == first)
			break;
		if (first == NULL)
			first = pp;
	}
}
