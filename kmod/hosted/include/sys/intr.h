/* Hosted kernel: interrupt priority levels, of which there is one. */
#ifndef HOSTED_INTR_H
#define	HOSTED_INTR_H

#define	IPL_NONE	0

#endif
