// SPDX-License-Identifier: Apache-2.0
/// Objects as the tables and as the bare metadata that kubectl get asks for.
@NullMarked
package dev.howdah.apiserver.table;

import org.jspecify.annotations.NullMarked;
