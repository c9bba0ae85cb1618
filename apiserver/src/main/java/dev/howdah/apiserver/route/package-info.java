// SPDX-License-Identifier: Apache-2.0
/// Takes requests apart and hands them to who can answer them.
@NullMarked
package dev.howdah.apiserver.route;

import org.jspecify.annotations.NullMarked;
