// SPDX-License-Identifier: Apache-2.0
/// `manager instance run`: all parts of a running instance, put together.
@NullMarked
package dev.howdah.instance.run;

import org.jspecify.annotations.NullMarked;
