// SPDX-License-Identifier: Apache-2.0
/// What the server does by itself: first objects, garbage collection, the ends of namespaces, and
/// other small duties of a control plane.
@NullMarked
package dev.howdah.apiserver.lifecycle;

import org.jspecify.annotations.NullMarked;
