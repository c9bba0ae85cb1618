// SPDX-License-Identifier: Apache-2.0
/// Starts containers as processes, finds them again, and ends all of a container's processes.
@NullMarked
package dev.howdah.podruntime.process;

import org.jspecify.annotations.NullMarked;
