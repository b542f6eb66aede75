/* SPDX-License-Identifier: Apache-2.0 */
/* program: seccomp programs after libseccomp, for seccomp.c alone. */
#ifndef TARE_PLAN_PROGRAM_H
#define TARE_PLAN_PROGRAM_H

#include "planner.h"

/* The newest system call that a profile names, by architecture (AUDIT_ARCH_...). */
struct newest {
	uint32_t architecture;
	int number;
};

/* Puts before the program: ENOSYS for all that is newer. */
void program_add_stub(struct planner *p, struct step_seccomp *step, const struct newest *newest,
		      size_t count);

/* By a key: the text of all that influences the program. */
bool program_from_cache(struct planner *p, const char *key, struct step_seccomp *step);
void program_to_cache(struct planner *p, const char *key, const struct step_seccomp *step);

/* The annotation run.oci.seccomp_bpf_data. false: it is not base64 of whole instructions. */
bool program_from_base64(struct planner *p, const char *text, struct step_seccomp *step);

#endif
