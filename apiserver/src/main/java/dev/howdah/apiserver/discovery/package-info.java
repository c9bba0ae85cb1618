// SPDX-License-Identifier: Apache-2.0
/// Tells clients which groups, versions and types there are.
@NullMarked
package dev.howdah.apiserver.discovery;

import org.jspecify.annotations.NullMarked;
