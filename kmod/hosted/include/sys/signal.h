#include_next <sys/signal.h>
