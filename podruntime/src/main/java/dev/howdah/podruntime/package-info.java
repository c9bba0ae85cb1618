// SPDX-License-Identifier: Apache-2.0
/// The process runtime of the embedded mode: pods, jobs, services and volumes as local processes
/// and folders.
@NullMarked
package dev.howdah.podruntime;

import org.jspecify.annotations.NullMarked;
