// SPDX-License-Identifier: Apache-2.0
/// PostgreSQL servers outside of the cluster: how they are reached, and following one of them.
@NullMarked
package dev.howdah.instance.outside;

import org.jspecify.annotations.NullMarked;
