// SPDX-License-Identifier: Apache-2.0
/// Faults, injected from outside into processes of the embedded mode.
@NullMarked
package dev.howdah.e2e.fault;

import org.jspecify.annotations.NullMarked;
