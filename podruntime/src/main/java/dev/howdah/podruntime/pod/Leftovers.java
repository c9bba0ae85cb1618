// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.process.ContainerFiles;
import dev.howdah.podruntime.process.ContainerProcess;
import dev.howdah.podruntime.volume.PodVolumes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends what still runs of pods that nobody wants any more, before anything new begins.
final class Leftovers {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
  private static final Duration GRACE = Duration.ofSeconds(2);

  private Leftovers() {}

  static void end(List<PodFolder> folders, PodContext context)
      throws IOException, InterruptedException {
    var running = new ArrayList<ContainerProcess>();
    for (PodFolder folder : folders) {
      for (String container : folder.containers()) {
        String mark = folder.uid() + "/" + container;
        for (History run : History.read(folder.container(container))) {
          var files = new ContainerFiles(folder.container(container), run.attempt());
          context.launcher().adopt(files, mark).ifPresent(running::add);
        }
      }
    }
    List<Stopper> stoppers =
        running.stream().map(each -> new Stopper(each, GRACE, () -> {})).toList();
    for (ContainerProcess process : running) {
      process.exit().join();
    }
    for (PodFolder folder : folders) {
      LOG.atInfo()
          .addKeyValue("pod", folder.key())
          .addKeyValue("processes", stoppers.size())
          .log("removed what was left of a pod");
      PodVolumes.removeFolders(folder.path());
      folder.delete();
    }
  }
}
