// SPDX-License-Identifier: Apache-2.0
/// Answers to get, list and watch.
@NullMarked
package dev.howdah.apiserver.read;

import org.jspecify.annotations.NullMarked;
