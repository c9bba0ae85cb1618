// SPDX-License-Identifier: Apache-2.0
/// What exists on the API server, followed by watches and kept in small records.
@NullMarked
package dev.howdah.operator.cache;

import org.jspecify.annotations.NullMarked;
