// SPDX-License-Identifier: Apache-2.0
/// The words of the API: labels, annotations, object names, condition types, phases, reasons.
@NullMarked
package dev.howdah.api.names;

import org.jspecify.annotations.NullMarked;
