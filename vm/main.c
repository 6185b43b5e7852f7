/* weft: the command. */
#include "vm/options.h"
#include "vm/run.h"
#include "vm/startup.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    Options o;
    int status = options_read(&o, argc, argv);
    if (status != -1) return fflush(stdout) != 0 ? 120 : status;
    Thread *t = startup(&o);
    if (t == NULL) return 1;
    status = finish(t, run_program(t, &o));
    if (ended_by_interrupt()) { /* so that a shell sees what happened */
        signal(SIGINT, SIG_DFL);
        kill(getpid(), SIGINT);
    }
    return status;
}
