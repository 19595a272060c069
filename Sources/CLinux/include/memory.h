#ifndef COUNTERFOIL_MEMORY_H
#define COUNTERFOIL_MEMORY_H

/// Takes the code of the program and of its libraries out of the process's memory; what is needed again comes back page by
/// page from the page cache. Nothing is lost but breakpoints of a debugger.
void counterfoil_unmap_code(void);

#endif
