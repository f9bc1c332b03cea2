#include_next <sys/resource.h>
