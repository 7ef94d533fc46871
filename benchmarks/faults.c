/* Makes the n-th change of a file fail: loaded before libc (LD_PRELOAD) by benchmarks/crash_faults.py.

   faults_arm(n, how, seed) counts from now on the calls that write, flush, cut, rename, link or remove a regular
   file, and lets the n-th go wrong:

   ERROR   it fails with EIO and does nothing
   FULL    it and every later write store half of what they should, then fail with ENOSPC
   KILLED  it stores half of what it should, and the process dies
   POWER   the power goes: of what was written and not yet flushed, each write survives or not by a coin, and
           the process dies. Files keep the length that they had when they were last flushed, or the one that
           the surviving writes give them. Renames and the like survive.

   faults_count() tells how many calls there have been. One thread at a time. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OFF, ERROR, FULL, KILLED, POWER };

struct change { /* a write, or a cut where `length` is negative, that has not been flushed */
    struct change *before;
    char path[PATH_MAX];
    dev_t device;
    ino_t inode;
    off_t offset, old_size;
    ssize_t length, old_length;
    char *data, *old_data;
};

static int how = OFF;
static long calls, failing;
static unsigned long coins;
static struct change *latest;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void find_real_calls(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
}

void faults_arm(long n, int mode, unsigned long seed) {
    calls = 0;
    failing = n;
    how = mode;
    coins = seed * 2 + 1;
}

long faults_count(void) { return calls; }

static int heads(void) {
    coins = coins * 6364136223846793005UL + 1442695040888963407UL;
    return coins >> 63;
}

static int is_file(int handle) {
    struct stat status;
    return how != OFF && fstat(handle, &status) == 0 && S_ISREG(status.st_mode);
}

/* ------------------------------------------------------------------------ what has not been flushed */
static void remember(int handle, const void *data, ssize_t length, off_t offset) {
    struct change *change = calloc(1, sizeof *change);
    struct stat status;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    if (readlink(link, change->path, sizeof change->path - 1) < 0 || fstat(handle, &status) != 0) abort();
    change->device = status.st_dev;
    change->inode = status.st_ino;
    change->old_size = status.st_size;
    change->offset = offset;
    change->length = length;
    ssize_t saved = length < 0 ? status.st_size - offset : length;
    if (saved > 0) {
        change->old_data = malloc(saved);
        change->old_length = pread(handle, change->old_data, saved, offset);
    }
    if (length > 0) {
        change->data = malloc(length);
        memcpy(change->data, data, length);
    }
    change->before = latest;
    latest = change;
}

static void flushed(int handle) {
    struct stat status;
    if (fstat(handle, &status) != 0) return;
    for (struct change **at = &latest; *at;) {
        struct change *change = *at;
        if (change->device == status.st_dev && change->inode == status.st_ino) {
            *at = change->before;
            free(change->data);
            free(change->old_data);
            free(change);
        } else {
            at = &change->before;
        }
    }
}

static void again(struct change *change) { /* oldest first */
    if (!change) return;
    again(change->before);
    int handle = open(change->path, O_RDWR);
    if (handle < 0 || !heads()) return;
    if (change->length < 0)
        real_ftruncate(handle, change->offset);
    else
        real_pwrite(handle, change->data, change->length, change->offset);
}

static void lose_power(void) {
    for (struct change *change = latest; change; change = change->before) {
        int handle = open(change->path, O_RDWR); /* removed meanwhile: nothing to undo */
        if (handle < 0) continue;
        if (change->old_length > 0) real_pwrite(handle, change->old_data, change->old_length, change->offset);
        real_ftruncate(handle, change->old_size);
    }
    again(latest);
}

/* ------------------------------------------------------------------------ the calls */
static int goes_wrong(void) {
    ++calls;
    if (calls == failing && how == POWER) {
        lose_power();
        raise(SIGKILL);
    }
    return calls == failing || (how == FULL && calls > failing);
}

static ssize_t wrong_write(int handle, const void *data, size_t length, off_t offset) {
    if (how != ERROR) real_pwrite(handle, data, length / 2, offset);
    if (how == KILLED) raise(SIGKILL);
    errno = how == FULL ? ENOSPC : EIO;
    return -1;
}

ssize_t pwrite64(int handle, const void *data, size_t length, off_t offset) {
    if (!is_file(handle)) return real_pwrite(handle, data, length, offset);
    if (goes_wrong()) return wrong_write(handle, data, length, offset);
    if (how == POWER) remember(handle, data, length, offset);
    return real_pwrite(handle, data, length, offset);
}

ssize_t pwrite(int handle, const void *data, size_t length, off_t offset) {
    return pwrite64(handle, data, length, offset);
}

ssize_t write(int handle, const void *data, size_t length) {
    if (!is_file(handle)) return real_write(handle, data, length);
    off_t offset = lseek(handle, 0, SEEK_CUR);
    if (goes_wrong()) return wrong_write(handle, data, length, offset);
    if (how == POWER) remember(handle, data, length, offset);
    return real_write(handle, data, length);
}

/* Every other call does nothing when it goes wrong; a full disk does not hinder it. */
static int fails(void) {
    if (!goes_wrong() || how == FULL) return 0;
    if (how == KILLED) raise(SIGKILL);
    errno = EIO;
    return 1;
}

#define REAL(name) ((int (*)())dlsym(RTLD_NEXT, name))

int ftruncate64(int handle, off_t size) {
    if (is_file(handle)) {
        if (fails()) return -1;
        if (how == POWER) remember(handle, NULL, -1, size);
    }
    return real_ftruncate(handle, size);
}

int ftruncate(int handle, off_t size) { return ftruncate64(handle, size); }

/* The disk itself is never asked to flush: what a loss of power leaves is made up here. */
int fsync(int handle) {
    if (how != OFF && fails()) return -1;
    flushed(handle);
    return 0;
}

int fdatasync(int handle) { return fsync(handle); }

int rename(const char *from, const char *to) {
    return how != OFF && fails() ? -1 : REAL("rename")(from, to);
}

int link(const char *from, const char *to) { return how != OFF && fails() ? -1 : REAL("link")(from, to); }

int unlink(const char *path) { return how != OFF && fails() ? -1 : REAL("unlink")(path); }
