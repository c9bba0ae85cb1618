// SPDX-License-Identifier: Apache-2.0
/// Our end of the guard, the process that kills PostgreSQL when we can't.
@NullMarked
package dev.howdah.instance.guard;

import org.jspecify.annotations.NullMarked;
