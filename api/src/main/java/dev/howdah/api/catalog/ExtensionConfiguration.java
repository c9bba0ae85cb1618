// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An extension of PostgreSQL that comes as an image, mounted as a volume.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExtensionConfiguration(
    @Field(
            value = "Name of the extension's volume",
            required = true,
            minLength = 1,
            maxLength = 59,
            pattern = "^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$")
        String name,
    @Field("Image that holds the extension's files") @Nullable ExtensionImage image,
    @JsonProperty("extension_control_path")
        @Field(
            value = "Folders of the image to search for control files",
            effective = "share",
            maxLength = 255,
            maxItems = 16)
        @Cel(
            value =
                "self.all(p, p != '' && !p.startsWith('/') && " + "!p.matches('(^|/)[.][.](/|$)'))",
            message =
                "folders are relative to the image's root, without '..'; write usr/share "
                    + "rather than /usr/share")
        List<String> extensionControlPath,
    @JsonProperty("dynamic_library_path")
        @Field(
            value = "Folders of the image to search for libraries of extensions",
            effective = "lib",
            maxLength = 255,
            maxItems = 16)
        @Cel(
            value =
                "self.all(p, p != '' && !p.startsWith('/') && " + "!p.matches('(^|/)[.][.](/|$)'))",
            message =
                "folders are relative to the image's root, without '..'; write usr/share "
                    + "rather than /usr/share")
        List<String> dynamicLibraryPath,
    @JsonProperty("ld_library_path")
        @Field(
            value = "Folders of the image to search for other libraries",
            maxLength = 255,
            maxItems = 16)
        @Cel(
            value =
                "self.all(p, p != '' && !p.startsWith('/') && " + "!p.matches('(^|/)[.][.](/|$)'))",
            message =
                "folders are relative to the image's root, without '..'; write usr/share "
                    + "rather than /usr/share")
        List<String> ldLibraryPath,
    @JsonProperty("bin_path")
        @Field(
            value = "Folders of the image to search for programs",
            maxLength = 255,
            maxItems = 16)
        @Cel(
            value =
                "self.all(p, p != '' && !p.startsWith('/') && " + "!p.matches('(^|/)[.][.](/|$)'))",
            message =
                "folders are relative to the image's root, without '..'; write usr/share "
                    + "rather than /usr/share")
        List<String> binPath,
    @Field(
            value = "Environment variables of the server that the extension needs",
            maxItems = 64,
            mapKeys = {"name"})
        List<ExtensionEnvironment> env) {
  public ExtensionConfiguration {
    name = Absent.or(name, "");
    extensionControlPath = Absent.list(extensionControlPath);
    dynamicLibraryPath = Absent.list(dynamicLibraryPath);
    ldLibraryPath = Absent.list(ldLibraryPath);
    binPath = Absent.list(binPath);
    env = Absent.list(env);
  }
}
