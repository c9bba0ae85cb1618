// SPDX-License-Identifier: Apache-2.0
/// Virtual nodes, and which pod goes to which.
@NullMarked
package dev.howdah.podruntime.node;

import org.jspecify.annotations.NullMarked;
