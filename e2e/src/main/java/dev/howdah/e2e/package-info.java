// SPDX-License-Identifier: Apache-2.0
/// End-to-end tests and simulations.
@NullMarked
package dev.howdah.e2e;

import org.jspecify.annotations.NullMarked;
