// SPDX-License-Identifier: Apache-2.0
/// The jobs that make a data directory, before a pod runs on it.
@NullMarked
package dev.howdah.instance.job;

import org.jspecify.annotations.NullMarked;
