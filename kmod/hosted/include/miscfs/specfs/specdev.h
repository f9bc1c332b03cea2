/* Hosted kernel: v_rdev is in sys/vnode.h. */
#include <sys/vnode.h>
