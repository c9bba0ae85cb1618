// SPDX-License-Identifier: Apache-2.0
/// The PostgreSQL server of this pod: started, observed, changed and stopped.
@NullMarked
package dev.howdah.instance.server;

import org.jspecify.annotations.NullMarked;
