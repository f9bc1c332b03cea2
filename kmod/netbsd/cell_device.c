/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/types.h>
#include <sys/conf.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/filio.h>
#include <sys/ioccom.h>
#include <sys/kauth.h>
#include <sys/kmem.h>
#include <sys/mutex.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/select.h>
#include <sys/uio.h>

#include "cell_var.h"

#if __NetBSD_Version__ < 1000000000
#define	selrecord_knote(sip, kn)	\
	SLIST_INSERT_HEAD(&(sip)->sel_klist, kn, kn_selnext)
#define	selremove_knote(sip, kn)	\
	SLIST_REMOVE(&(sip)->sel_klist, kn, knote, kn_selnext)
#endif

static u_int cell_nopen;	/* cell_lock */
static bool cell_stopping;	/* cell_lock */

struct cell_file {
	uint32_t	cf_cursor;	/* cell_event_lock */
};

/*
 * The device: opened by the host, read for events, asked by ioctl(2).  Each
 * open reads all events from then on.
 */
static int
cell_ioctl(struct file *fp, u_long cmd, void *data)
{

	switch (cmd) {
	case CELL_IOC_128:
	case CELL_IOC_1024:
	case CELL_IOC_4096:
		return cell_request(data, IOCPARM_LEN(cmd));
	case FIONBIO:
	case FIOASYNC:
		return 0;
	default:
		return ENOTTY;
	}
}

static int
cell_read(struct file *fp, off_t *offp, struct uio *uio, kauth_cred_t cred,
    int flags)
{
	struct cell_file *cf = fp->f_data;
	uint8_t frame[CELL_EVENT_MAX];
	bool any = false;
	size_t n;
	int error = 0;

	/* A member may have the descriptor from who launched it. */
	if (cell_of(kauth_cred_get()) != CELL_HOST)
		return EPERM;
	if (uio->uio_resid < sizeof(frame))
		return EINVAL;

	while (error == 0 && uio->uio_resid >= sizeof(frame)) {
		mutex_enter(&cell_event_lock);
		cell_tell_late();
		while ((n = cell_rs_read_event(&cf->cf_cursor, frame,
		    sizeof(frame), cell_now())) == 0 && error == 0 && !any) {
			if ((fp->f_flag & FNONBLOCK) != 0)
				error = EWOULDBLOCK;
			else
				error = cv_wait_sig(&cell_event_cv,
				    &cell_event_lock);
		}
		mutex_exit(&cell_event_lock);
		if (n == 0)
			break;
		error = uiomove(frame, n, uio);
		any = true;
	}
	return error;
}

static int
cell_poll(struct file *fp, int events)
{
	struct cell_file *cf = fp->f_data;
	int revents = 0;

	if ((events & (POLLIN | POLLRDNORM)) == 0)
		return 0;
	mutex_enter(&cell_event_lock);
	cell_tell_late();
	if (cell_rs_has_event(cf->cf_cursor, cell_now()))
		revents = events & (POLLIN | POLLRDNORM);
	else
		selrecord(curlwp, &cell_event_sel);
	mutex_exit(&cell_event_lock);
	return revents;
}

static void
cell_filt_detach(struct knote *kn)
{

	mutex_enter(&cell_event_lock);
	selremove_knote(&cell_event_sel, kn);
	mutex_exit(&cell_event_lock);
}

static int
cell_filt_event(struct knote *kn, long hint)
{
	const struct cell_file *cf = kn->kn_hook;
	int ready;

	if (hint != NOTE_SUBMIT)
		mutex_enter(&cell_event_lock);
	ready = cell_rs_has_event(cf->cf_cursor, cell_now());
	kn->kn_data = ready ? CELL_EVENT_MAX : 0;
	if (hint != NOTE_SUBMIT)
		mutex_exit(&cell_event_lock);
	return ready;
}

static const struct filterops cell_filtops = {
#if __NetBSD_Version__ >= 1000000000
	.f_flags = FILTEROP_ISFD | FILTEROP_MPSAFE,
#else
	.f_isfd = 1,
#endif
	.f_attach = NULL,
	.f_detach = cell_filt_detach,
	.f_event = cell_filt_event,
};

static int
cell_kqfilter(struct file *fp, struct knote *kn)
{

	if (kn->kn_filter != EVFILT_READ)
		return EINVAL;
	kn->kn_fop = &cell_filtops;
	kn->kn_hook = fp->f_data;
	mutex_enter(&cell_event_lock);
	selrecord_knote(&cell_event_sel, kn);
	mutex_exit(&cell_event_lock);
	return 0;
}

static int
cell_close(struct file *fp)
{
	struct cell_file *cf = fp->f_data;

	fp->f_data = NULL;
	kmem_free(cf, sizeof(*cf));
	mutex_enter(&cell_lock);
	KASSERT(cell_nopen > 0);
	cell_nopen--;
	mutex_exit(&cell_lock);
	return 0;
}

static const struct fileops cell_fileops = {
	.fo_name = "cell",
	.fo_read = cell_read,
	.fo_write = fbadop_write,
	.fo_ioctl = cell_ioctl,
	.fo_fcntl = fnullop_fcntl,
	.fo_poll = cell_poll,
	.fo_stat = fbadop_stat,
	.fo_close = cell_close,
	.fo_kqfilter = cell_kqfilter,
	.fo_restart = fnullop_restart,
};

static int
cell_open(dev_t dev, int flag, int mode, struct lwp *l)
{
	struct cell_file *cf;
	struct file *fp;
	int error, fd;

	if (cell_of(l->l_cred) != CELL_HOST)
		return EPERM;

	mutex_enter(&cell_lock);
	error = cell_stopping ? ENXIO : 0;
	if (error == 0)
		cell_nopen++;
	mutex_exit(&cell_lock);
	if (error != 0)
		return error;

	if ((error = fd_allocfile(&fp, &fd)) != 0) {
		mutex_enter(&cell_lock);
		cell_nopen--;
		mutex_exit(&cell_lock);
		return error;
	}
	cf = kmem_alloc(sizeof(*cf), KM_SLEEP);
	mutex_enter(&cell_event_lock);
	cf->cf_cursor = cell_rs_event_cursor();
	mutex_exit(&cell_event_lock);
	return fd_clone(fp, fd, flag, &cell_fileops, cf);
}

const struct cdevsw cell_cdevsw = {
	.d_open = cell_open,
	.d_close = noclose,
	.d_read = noread,
	.d_write = nowrite,
	.d_ioctl = noioctl,
	.d_stop = nostop,
	.d_tty = notty,
	.d_poll = nopoll,
	.d_mmap = nommap,
	.d_kqfilter = nokqfilter,
	.d_discard = nodiscard,
	.d_flag = D_OTHER | D_MPSAFE,
};

void
cell_device_start(void)
{

	cell_nopen = 0;
	cell_stopping = false;
}

/*
 * From now on nobody opens the device; EBUSY if somebody has it open.
 */
int
cell_device_stop(void)
{

	KASSERT(mutex_owned(&cell_lock));
	if (cell_nopen != 0)
		return EBUSY;
	cell_stopping = true;
	return 0;
}
