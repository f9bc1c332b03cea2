#include_next <sys/poll.h>
