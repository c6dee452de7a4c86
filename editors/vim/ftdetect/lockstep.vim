autocmd BufRead,BufNewFile *.scenario setfiletype lockstep
