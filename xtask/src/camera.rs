//! `cargo xtask camera`: the camera code before a real kernel driver, in a small virtual machine.
//!
//! A container has no cameras and may load no driver. So Debian's own kernel boots under QEMU (emulated, never KVM), mounts
//! this machine's files read-only, and runs the program that was just built here against `vivid`, a camera that can be
//! unplugged, silenced and broken on command; and against `v4l2loopback`, which plays photographs as motion JPEG, if its
//! module can be built. Nothing is installed but QEMU and small tools: the kernel is only unpacked.

use crate::{
    commands::{command, root, succeed, target},
    install,
};
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Debian packages for the virtual machine.
const PACKAGES: &[&str] = &["busybox-static", "cpio", "kmod", "qemu-system-x86", "v4l-utils"];
/// Modules loaded before anything else: the way to this machine's files, and what cameras stand on.
const MODULES: &[&str] = &["virtio_pci", "9pnet_virtio", "9p", "overlay"];
/// The camera drivers, loaded by the program itself; what they need is loaded before.
const CAMERAS: &[&str] = &["vivid"];
/// The virtual machine may take this long for everything.
const WITHIN: Duration = Duration::from_secs(600);
/// What the program says last when all is well.
const PASSED: &str = "ALL CAMERA CHECKS PASSED";

/// Builds, boots, checks.
pub(crate) fn run() -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("this needs Linux: the driver is the Linux kernel's");
    }
    install::for_building()?;
    install::debian(PACKAGES)?;
    // As the tests are built, so that nothing is compiled twice with different features.
    succeed(&mut command("cargo build --workspace --features failpoints --example kernel_camera"))?;
    let work = target().join("camera");
    let share = work.join("share");
    fs::create_dir_all(&share)?;
    let kernel = kernel(&work)?;
    let modules = Modules::of(&kernel)?;
    let order = modules.ordered(&[MODULES, CAMERAS].concat())?;
    for name in CAMERAS {
        fs::copy(modules.file(name)?, share.join(format!("{name}.ko")))?;
    }
    let loopback = loopback(&work, &modules.release);
    match &loopback {
        Ok(module) => drop(fs::copy(module, share.join("v4l2loopback.ko"))?),
        Err(fault) => println!("v4l2loopback is left out: {fault:#}"),
    }
    photographs(&share)?;
    let initramfs = initramfs(&work, &order, &share)?;
    boot(&kernel.join(format!("boot/vmlinuz-{}", modules.release)), &initramfs, &share)
}

/// Debian's kernel, unpacked once.
fn kernel(work: &Path) -> Result<PathBuf> {
    let name = package("linux-image-amd64", "linux-image-")?;
    let kernel = work.join(&name);
    if kernel.join("unpacked").exists() {
        return Ok(kernel);
    }
    unpack(work, &name, &kernel)?;
    fs::write(kernel.join("unpacked"), "")?;
    Ok(kernel)
}

/// The package behind a metapackage.
fn package(meta: &str, prefix: &str) -> Result<String> {
    let output = Command::new("apt-cache").args(["depends", meta]).output().context("apt-cache")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix));
    found.map(str::to_owned).with_context(|| format!("{meta} names no {prefix}…: apt-get update?"))
}

/// Downloads a package and unpacks it into a folder, without installing it.
fn unpack(work: &Path, name: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(work)?;
    succeed(command(&format!("apt-get download {name}")).current_dir(work))?;
    let prefix = format!("{name}_");
    let file = fs::read_dir(work)?
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .with_context(|| format!("{name} was not downloaded"))?
        .path();
    succeed(Command::new("dpkg-deb").arg("-x").arg(&file).arg(folder))?;
    fs::remove_file(file)?;
    Ok(())
}

/// The modules of a kernel, and what each needs.
struct Modules {
    release: String,
    folder: PathBuf,
    /// `modules.dep`: a module's file, then the files it needs.
    needs: Vec<Vec<String>>,
}

impl Modules {
    fn of(kernel: &Path) -> Result<Self> {
        let all = kernel.join("lib/modules");
        let release = fs::read_dir(&all)?.flatten().next().context("no modules")?.file_name();
        let release = release.to_string_lossy().into_owned();
        let folder = all.join(&release);
        if !folder.join("modules.dep").exists() {
            succeed(Command::new("/sbin/depmod").arg("-b").arg(kernel).arg(&release))?;
        }
        let text = fs::read_to_string(folder.join("modules.dep"))?;
        let line =
            |line: &str| line.split([':', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Ok(Self { release, folder, needs: text.lines().map(line).collect() })
    }

    fn line(&self, name: &str) -> Option<&Vec<String>> {
        let ending = format!("/{name}.ko");
        self.needs.iter().find(|line| line[0].ends_with(&ending))
    }

    fn file(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.join(&self.line(name).with_context(|| format!("the kernel has no module {name}"))?[0]))
    }

    /// What must be loaded for these, in order; the cameras themselves are left out.
    fn ordered(&self, names: &[&str]) -> Result<Vec<PathBuf>> {
        let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
        for name in names {
            let line = self.line(name).with_context(|| format!("the kernel has no module {name}"))?;
            let own = (!CAMERAS.contains(name)).then(|| line[0].clone());
            // What is needed stands behind, the deepest last.
            for file in line[1..].iter().rev().cloned().chain(own) {
                if seen.insert(file.clone()) {
                    order.push(self.folder.join(file));
                }
            }
        }
        Ok(order)
    }
}

/// Builds `v4l2loopback` for the unpacked kernel. Needs Debian's kernel headers, so it may be left out.
fn loopback(work: &Path, release: &str) -> Result<PathBuf> {
    let sources = work.join("v4l2loopback");
    if !sources.join("unpacked").exists() {
        unpack(work, "v4l2loopback-dkms", &sources)?;
        fs::write(sources.join("unpacked"), "")?;
    }
    let headers = format!("/usr/src/linux-headers-{release}");
    if !Path::new(&headers).exists() {
        install::debian(&[&format!("linux-headers-{release}")])?;
    }
    let module = fs::read_dir(sources.join("usr/src"))?.flatten().next().context("no sources")?.path();
    let built = module.join("v4l2loopback.ko");
    if !built.exists() {
        succeed(
            Command::new("make")
                .arg("-s")
                .arg("-C")
                .arg(&headers)
                .arg(format!("M={}", module.display()))
                .arg("modules"),
        )?;
    }
    Ok(built)
}

/// A large photograph and a small one, for the driver to play by turns.
fn photographs(share: &Path) -> Result<()> {
    let original = root().join("assets/training/originals/01-trich-luc-khai-sinh.jpg");
    for (name, size) in [("large.jpg", "1280x960!"), ("small.jpg", "640x480!")] {
        succeed(
            Command::new("convert")
                .arg(&original)
                .args(["-auto-orient", "-resize", size])
                .arg(share.join(name)),
        )?;
    }
    Ok(())
}

/// The first file system: busybox, the modules, and a script that becomes this machine.
fn initramfs(work: &Path, modules: &[PathBuf], share: &Path) -> Result<PathBuf> {
    let folder = work.join("initramfs");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    for name in ["bin", "modules", "proc", "sys", "dev", "host", "guest"] {
        fs::create_dir_all(folder.join(name))?;
    }
    fs::copy("/bin/busybox", folder.join("bin/busybox"))?;
    let mut load = String::new();
    for module in modules {
        let name = module.file_name().unwrap_or_default();
        fs::copy(module, folder.join("modules").join(name))?;
        load.push_str(&format!("insmod /modules/{}\n", name.to_string_lossy()));
    }
    let program = target().join("debug/examples/kernel_camera");
    let program = program.canonicalize().context("the program was not built")?;
    let share = share.canonicalize()?;
    let script = format!(
        "#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
{load}
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host
# This machine's files, with changes in memory only.
mount -t tmpfs mem /guest; mkdir /guest/changes /guest/work /guest/machine
mount -t overlay -o lowerdir=/host,upperdir=/guest/changes,workdir=/guest/work guest /guest/machine
for folder in proc sys dev; do mount --bind /$folder /guest/machine/$folder; done
mount -t tmpfs tmp /guest/machine/tmp
cd /; chroot /guest/machine {program} {share} '' {share}
echo \"ENDED $?\"; poweroff -f
",
        program = program.display(),
        share = share.display(),
    );
    fs::write(folder.join("init"), script)?;
    succeed(Command::new("chmod").arg("755").arg(folder.join("init")))?;
    let archive = work.join("initramfs.cpio.gz");
    let pack = format!("find . | cpio -o -H newc --quiet | gzip -1 > {}", archive.display());
    succeed(Command::new("sh").args(["-c", &pack]).current_dir(&folder))?;
    Ok(archive)
}

fn boot(kernel: &Path, initramfs: &Path, share: &Path) -> Result<()> {
    let begun = Instant::now();
    let log = share.join("console.log");
    let mut machine = Command::new("qemu-system-x86_64")
        .args([
            "-accel",
            "tcg,thread=multi",
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            "1536",
            "-nographic",
            "-no-reboot",
            "-nodefaults",
        ])
        .arg("-serial")
        .arg(format!("file:{}", log.display()))
        .arg("-kernel")
        .arg(kernel)
        .arg("-initrd")
        .arg(initramfs)
        .args(["-append", "console=ttyS0 quiet panic=-1"])
        .args(["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"])
        .stdin(Stdio::null())
        .spawn()
        .context("qemu-system-x86_64")?;
    let ended = loop {
        if let Some(status) = machine.try_wait()? {
            break status.success();
        }
        if begun.elapsed() > WITHIN {
            machine.kill()?;
            machine.wait()?;
            break false;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let said = fs::read(&log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    println!("{said}\n{:.1} s", begun.elapsed().as_secs_f32());
    if !ended || !said.contains(PASSED) {
        bail!("the camera checks did not pass");
    }
    Ok(())
}
