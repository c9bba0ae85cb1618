// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import picocli.CommandLine.Command;

/// Loads what a start needs, for the build's ahead-of-time cache.
@Command(name = "train", hidden = true)
final class TrainCommand implements Runnable {
  @Override
  public void run() {}
}
