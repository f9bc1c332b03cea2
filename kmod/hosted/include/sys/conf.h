/* Hosted kernel: driver(9). */
#ifndef HOSTED_CONF_H
#define	HOSTED_CONF_H

#include <sys/types.h>

struct lwp;
struct knote;
struct uio;

struct bdevsw;
struct cdevsw {
	int	(*d_open)(dev_t, int, int, struct lwp *);
	int	(*d_close)(dev_t, int, int, struct lwp *);
	int	(*d_read)(dev_t, struct uio *, int);
	int	(*d_write)(dev_t, struct uio *, int);
	int	(*d_ioctl)(dev_t, u_long, void *, int, struct lwp *);
	void	*d_stop;
	void	*d_tty;
	int	(*d_poll)(dev_t, int, struct lwp *);
	void	*d_mmap;
	int	(*d_kqfilter)(dev_t, struct knote *);
	void	*d_discard;
	int	d_flag;
};

#define	D_OTHER		0x0000
#define	D_MPSAFE	0x0100

#define	noclose		NULL
#define	noread		NULL
#define	nowrite		NULL
#define	noioctl		NULL
#define	nostop		NULL
#define	notty		NULL
#define	nopoll		NULL
#define	nommap		NULL
#define	nokqfilter	NULL
#define	nodiscard	NULL

int	devsw_attach(const char *, const struct bdevsw *, devmajor_t *,
	    const struct cdevsw *, devmajor_t *);
void	devsw_detach(const struct bdevsw *, const struct cdevsw *);

#endif
