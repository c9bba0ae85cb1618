// SPDX-License-Identifier: Apache-2.0
/// Services: which pods are behind them, and the forwarders on their cluster addresses.
@NullMarked
package dev.howdah.podruntime.service;

import org.jspecify.annotations.NullMarked;
