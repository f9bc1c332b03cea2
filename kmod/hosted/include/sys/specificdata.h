/* Hosted kernel: the types are in sys/types.h. */
#include <sys/types.h>
