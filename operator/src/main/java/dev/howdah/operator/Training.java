// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import org.slf4j.LoggerFactory;

/// Does, without a cluster, what the operator does at its start and ever after: the build runs it
/// once to learn which classes the ahead-of-time cache has to hold.
final class Training {
  private Training() {}

  static void run() {
    LoggerFactory.getLogger(Training.class).info("trained");
  }
}
